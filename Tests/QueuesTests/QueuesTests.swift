import Queues
