"""The routes, one module a resource. Handlers only translate; the work is done in `App`."""
