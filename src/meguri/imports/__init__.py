"""Long imports of all rooms by one mechanism: checked, written in parts, watched, stopped, and gone on with after a crash."""
