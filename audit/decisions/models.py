"""Approval routes (決裁) for everything that needs a second person."""
