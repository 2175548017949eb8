"""The platform operator's desk: who may use the service, that it runs, what it is used for — never a company's values."""
