import AWSWire
