"""What happens to damaged and hostile files."""
