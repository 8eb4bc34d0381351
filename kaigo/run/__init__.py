"""Bringing the system up on one machine: embedded servers, first set-up, and the processes that serve it."""
