"""The bar in a real browser."""
