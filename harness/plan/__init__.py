"""MatrixSpec -> Plan: `making` decides which cells, `selection` holds the filters, `model` the result."""
