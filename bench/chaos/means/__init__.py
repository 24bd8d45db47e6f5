"""With what a case breaks something, and whom it sets against the fault."""
