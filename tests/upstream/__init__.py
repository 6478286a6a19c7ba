"""Asking the platform by HTTP."""
