"""Pure functions over known cells: blocks, ranges, rules, differences. None knows of claims."""
