"""What is read as if it had not happened: corrections, money paid back, a firing's own deeds."""
