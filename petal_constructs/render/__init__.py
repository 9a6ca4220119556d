"""Plan to text: pure functions and real template files."""
