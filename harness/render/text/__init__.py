"""What commands print for people: a module has the name of its command, and gives lines."""
