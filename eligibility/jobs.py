"""Registered in AppConfig.ready."""
