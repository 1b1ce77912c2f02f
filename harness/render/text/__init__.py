"""What commands print for people: a module a command, which gives lines."""
