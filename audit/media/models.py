"""Exports and media (媒体・出力)."""
