"""MatrixSpec -> Plan: `planner` decides which cells, `selection` holds the filters, `plan_records` the result."""
