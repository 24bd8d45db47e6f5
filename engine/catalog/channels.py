"""The channels a message may leave by."""

from typing import Literal

Channel = Literal["email", "push", "sms", "whatsapp"]
CHANNELS: tuple[Channel, ...] = ("email", "push", "sms", "whatsapp")
