"""Registers (台帳): accidents, contractors, training, self-check, internal audit, inquiries."""
