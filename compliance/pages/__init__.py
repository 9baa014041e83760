"""Customers' pages of matters."""
