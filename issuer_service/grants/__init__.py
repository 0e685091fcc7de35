"""What is kept between two requests: sealed, and gone when the day's key is destroyed."""
