"""The function that gives a database a new password; it runs in AWS Lambda."""
