"""The channels a message may leave by."""

from collections.abc import Mapping
from typing import Literal

Channel = Literal["email", "push", "sms", "whatsapp"]
CHANNELS: tuple[Channel, ...] = ("email", "push", "sms", "whatsapp")

# Which fact of the customer is the address on a channel.
ADDRESS_OF: Mapping[str, str] = {
    "email": "customer.email",
    "sms": "customer.phone",
    "whatsapp": "customer.phone",
}
# Which fact of an order is its own contact, where the customer has the other.
CONTACT_OF: Mapping[str, str] = {
    "customer.email": "order.email",
    "customer.phone": "order.phone",
}
