"""The router's training: its messages, and the command that makes the weights from them."""
