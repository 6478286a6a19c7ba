"""The door for any platform that speaks HTTP."""
