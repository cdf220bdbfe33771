"""`python -m assistant` is `aei`."""

from assistant.cli import main

if __name__ == "__main__":
    main()
