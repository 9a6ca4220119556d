"""What sites have already -> seeds, or sections of seeds. Nothing is run and nothing is asked."""
