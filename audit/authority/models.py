"""Roles, temporary rights, substitution (代理), cross-office reading, emergency access."""
