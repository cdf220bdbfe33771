"""The chat models: each implements `ports.ChatModel`."""
