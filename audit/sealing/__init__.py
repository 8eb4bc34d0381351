"""The access log's proof: monthly partitions that only grow, a hash chain over the rows, and signed seals (E11)."""
