"""From the rows to what leaves the house: counted with the persons behind each cell, linked,
masked, signed, and read back."""
