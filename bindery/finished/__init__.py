"""What is done with finished files: reading back, inspecting, proving, comparing and verifying them."""
