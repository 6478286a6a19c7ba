"""Tests of the store in Redis, with real servers."""
