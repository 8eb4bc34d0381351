"""連絡・送付先, 応対記録・付箋: where letters go, whom to call, what is held, and every talk with somebody."""
