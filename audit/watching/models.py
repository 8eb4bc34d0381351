"""Watching (点検): findings in the access log that a manager reviews."""
