"""The built-in facts as a table: the type of each, its value by default, what it means.

`NAME: TYPE`; `?` says that it may be unknown, `= VALUE` what it is while nobody has stated it.
After `|` stand marks: `derived` facts are worked out from others (`engine.facts.views` has a
function for each) and a sender's word for them is passed over; `personal` facts tell who somebody
is. The line below is its meaning. The facts an event may carry are those of its thing and of what
contains it; every event also sets `EVENT_at`, which is not listed here.
"""

FACTS = """
order.id: text
    The order's number in the shop.
order.total: money?
    What the customer pays for the whole order.
order.base_total: money?
    The total in the shop's own currency, where the customer pays in another one.
order.items: list = []
    The items of the order, each with the facts of an item.
order.promised_on: date?
    The day on which the shop promised to deliver.
order.shipping_address: text? | personal
    Where the order goes.
order.parcels_expected: integer?
    How many parcels the order comes in, where the shop says so.
order.express: boolean = false
    Whether the order is sent express.
order.email: text? | personal
    The mail address that this order gave for news of it, where the shop says so; mails about the
    order go there.
order.phone: text? | personal
    The phone number that this order gave for news of it, in international form (+49…).
order.country: text?
    The country the order goes to, as a code of two letters (ISO 3166-1).
order.eta: date? | derived
    The day on which the last parcel is expected, else the promised day.
order.parcels: integer = 0 | derived
    How many parcels of the order are known.
order.days_late: integer? | derived
    How many days the order is late, by its latest parcel; 0 when it is on time.
order.shipments: list = [] | derived
    The parcels of the order, each with the facts of a shipment.
order.exchange: boolean = false
    Whether the order replaces what was sent back, so that it counts as no further purchase.
order.refunded_total: money? | derived
    What was paid back for the order so far, in all the parts of which the amount is known.
order.refund_as_return_at: datetime? | derived
    When the refund that was stated of the order was stated of one of its returns too, as the same
    money.
order.cancel_reason: [changed_mind, too_slow, found_cheaper, out_of_stock, fraud, duplicate, other]?
    Why the order was cancelled.
order.returned: boolean = false | derived
    Whether a return was requested that was neither declined nor cancelled, or goes on all the same.
refund.id: text?
    The refund's number in the shop; one that is stated twice under it counts once.
refund.amount: money?
    What this refund pays back, which may be a part.
refund.name: text? | derived
    By what this refund is told from the others of its order: its id, else its moment and amount.

shipment.id: text
    The parcel's number in the shop; a parcel without one is known by its tracking number.
shipment.tracking_number: text?
    The number under which the carrier knows the parcel.
shipment.carrier: text?
    The name of the carrier.
shipment.eta: date?
    The day on which the parcel is expected.
shipment.number: integer = 1 | derived
    Which parcel of its order it is, from 1, by when it was first heard of.
shipment.days_late: integer? | derived
    How many days after the promised day, else after the first expected one, it came or still does
    not come; 0 when it is on time.
shipment.items: list = []
    The items in the parcel.
shipment.eta_shift: duration?
    By how much the expected day has moved, as the carrier states it; negative where it comes
    earlier.
shipment.place: text?
    Where the parcel was scanned last, or where it can be fetched.
carrier.last_scan_at: datetime? | derived
    When the parcel's carrier last scanned any parcel of the shop, of whichever customer.

review.id: text
    The review's number in the shop.
review.stars: number?
    How many stars the review gives, such as 4 or 4.5.
review.text: text?
    What the review says.
review.product_id: text?
    Which product the review is about.

return.id: text
    The return's number in the shop.
return.reason: [too_small, too_big, broken, not_as_shown, late, changed_mind, other]?
    Why the customer sends something back.
return.wants: [refund, exchange, credit]?
    What the customer wants for it.
return.condition: [as_new, used, damaged]?
    How the returned goods were when the shop looked at them.
return.amount: money?
    What the return is worth.
return.refund_as_order_at: datetime? | derived
    When the refund that was stated of the return was stated of its order too, as the same money.
return.items: list = []
    The items that are sent back.

customer.tier: [none, silver, gold, platinum] = none
    The customer's tier of the loyalty programme.
loyalty.previous_tier: text?
    The tier before the last change.
loyalty.direction: [up, down]?
    Whether the last change of the tier was up or down.
loyalty.points_balance: integer = 0
    How many points the customer has.
loyalty.points_expire_at: date?
    The next day on which points of the customer expire.
loyalty.points_expiring: integer = 0
    How many points expire on that day.
loyalty.tier_ends_at: date?
    The day on which the customer loses the tier unless enough points come in.
loyalty.points_to_keep: integer = 0
    How many points the customer still needs to keep the tier.
lot.id: text
    The number of a lot: points that were earned and expire together.
lot.points: integer = 0
    How many points are left in the lot.
lot.expires_at: date?
    The day on which the lot expires.
lot.points_that_day: integer = 0 | derived
    How many points of the customer expire on the same day as this lot, in all lots together.
perk.name: text
    The perk's name, such as free_shipping.
perk.expires_at: datetime?
    When the perk ends; without it the perk lasts until its uses are used up.
perk.uses_left: integer?
    How often the perk may still be used; unknown where nobody limits it.

subscription.id: text
    The subscription's number in the shop.
subscription.status: [active, paused, cancelled] = active
    Whether the subscription goes on, rests or has ended.
subscription.renews_at: datetime?
    When the subscription renews next.
subscription.price: money?
    What the subscription costs each period.
subscription.product_id: text?
    Which product the subscription delivers.
subscription.change: [skip, swap, reschedule, pause, resume, cancel]?
    Which change the customer has asked for.

support.id: text?
    The case's number at the support.
support.topic: text?
    What the case is about.
support.open: boolean = false | derived
    Whether any case of the customer is open.
support.open_beside_reviews: boolean = false | derived
    Whether a case of the customer is open that was not opened because of a review.
payment.reason: text?
    Why the payment failed.
payment.amount: money?
    How much was to be paid.

customer.id: text
    The customer's number in the shop.
customer.merged_from: text?
    The id of a customer who turned out to be this one.
customer.helpdesk_id: text? | personal
    The customer's id at the helpdesk; an event that states it alone is about whoever it was stated
    of before.
customer.payer_id: text? | personal
    The customer's id at whoever collects the payments, such as cus_1; it finds the customer as the
    helpdesk's id does.
customer.loyalty_id: text? | personal
    The customer's id in the loyalty programme; it finds the customer as the helpdesk's id does.
customer.first_name: text? | personal
    The customer's first name.
customer.email: text? | personal
    The customer's mail address.
customer.phone: text? | personal
    The customer's phone number in international form (+49…).
customer.locale: text?
    The language the customer reads, such as en or pt-BR (BCP 47).
customer.time_zone: text?
    The customer's time zone by its IANA name, such as Europe/Paris.
customer.country: text?
    The customer's country, as a code of two letters (ISO 3166-1).
customer.channels: list = []
    The channels by which the customer prefers to hear from the shop, the best first.
customer.perks: list = [] | derived
    The names of the perks the customer has now.
customer.silenced: list = [] | derived
    The categories of which the customer hears nothing now.
customer.bought: list = [] | derived
    The ids of the products in the orders that were placed and not cancelled.
customer.sent_back: list = [] | derived
    The ids of the products in returns that go on, of which the customer has kept no piece.
customer.lifetime_orders: integer? | derived
    How many orders the customer has placed and not cancelled, this one included; an exchange is
    none of them, so that as seen from an exchange, or its parcels and returns, it is unknown
    which it would be.
customer.lifetime_spend: money? | derived
    The total of those orders, as far as it is known in the shop's currency.
consent.category: text?
    Which category of messages the consent is for; without it all of them.
consent.channel: text?
    Which channel the consent is for; without it all of them.
consent.given_at: datetime?
    When the customer gave it, where that was before its event: a sender that states its own record
    again, as an import does, revives no consent that was withdrawn since.
site.product_id: text?
    Which product the customer looked at.
site.seconds: integer?
    For how many seconds the customer looked at it.
location.shop: text?
    Which shop the customer is near.
message.template: text?
    Which template the message was made from.
message.category: text?
    Which category the message belongs to.
message.address: text? | personal
    The address that the message went to; without it the one that the customer has on its channel.
message.channel: text?
    The channel that the message left by; without it email.
message.reason: text?
    What the receiver said of a message that it did not take.

item.id: text
    The product's id.
item.title: text?
    The product's name as customers read it.
item.category: text?
    The product's category in the shop.
item.price: money?
    What one piece costs.
item.quantity: integer = 1
    How many pieces were ordered.
item.stars: number?
    How many stars the product has on average.
item.return_rate: number?
    How often the product is sent back, in whichever measure the shop states it.
item.in_stock: boolean = true
    Whether the shop can deliver the product.
"""
