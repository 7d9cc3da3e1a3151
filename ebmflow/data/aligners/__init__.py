"""How sequences are brought to one length; one module a tool."""
