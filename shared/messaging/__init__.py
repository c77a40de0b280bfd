"""Events over RabbitMQ: out of the document that changed, into handlers that may run twice."""
