"""Sessions saved and opened, and exports."""
