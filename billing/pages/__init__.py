"""Customers' pages of money."""
