"""The built-in catalog as a table: events with their rank, `again` where news may come, and the
facts they carry.
"""

EVENTS = """
order: order.placed 1, order.confirmed 2, order.changed again, order.shipped 4 derived, order.delivered 7 derived
order: order.facts_set again
order: order.cancel_requested again, order.cancelled 9, order.refunded again
shipment: shipment.packed 3, shipment.shipped 4, shipment.in_transit 5, shipment.out_for_delivery 6
shipment: shipment.available_for_pickup 6, shipment.delivered 7, shipment.lost 8, shipment.returned_to_sender 8
shipment: shipment.cancelled 8, shipment.scanned again, shipment.delayed again, shipment.attempt_failed again
shipment: shipment.exception again, shipment.eta_changed again
review: review.received, review.changed again
return: return.requested 1, return.approved 2, return.declined 2, return.cancelled 2, return.picked_up 3
return: return.received 4, return.inspected 5, return.refunded, return.exchanged, return.credited, return.feedback
customer: loyalty.joined, loyalty.tier_changed again, loyalty.balance_changed again
lot: lot.earned, lot.spent again, lot.expired
perk: perk.granted, perk.used again, perk.expired derived
subscription: subscription.started, subscription.renewed again, subscription.skipped again, subscription.swapped again
subscription: subscription.rescheduled again, subscription.paused again, subscription.resumed again
subscription: subscription.cancelled, subscription.change_requested again
case: support.case_opened, support.case_replied again, support.case_solved again, support.case_reopened again
customer: payment.failed again, payment.recovered again, payment.method_expires again
customer: customer.created, customer.updated again, consent.given again, consent.withdrawn again
customer: customer.facts_set again
customer: preference.changed again, site.viewed again, location.near_shop again
customer: message.clicked again, message.bounced again, message.complained again
"""

FACTS = """
order.id: text
order.total: money?
order.base_total: money?
order.items: list = []
order.promised_on: date?
order.shipping_address: text?
order.parcels_expected: integer?
order.express: boolean = false
order.country: text?
order.eta: date?
order.parcels: integer = 0
order.days_late: integer?
order.shipments: list = []
order.cancel_reason: [changed_mind, too_slow, found_cheaper, out_of_stock, fraud, duplicate, other]?
order.returned: boolean = false
shipment.id: text
shipment.tracking_number: text?
shipment.carrier: text?
shipment.eta: date?
shipment.number: integer = 1
shipment.days_late: integer?
shipment.items: list = []
shipment.eta_shift: duration?
shipment.place: text?
carrier.last_scan_at: datetime?
review.id: text
review.stars: integer?
review.text: text?
review.product_id: text?
return.id: text
return.reason: [too_small, too_big, broken, not_as_shown, late, changed_mind, other]?
return.wants: [refund, exchange, credit]?
return.condition: [as_new, used, damaged]?
return.amount: money?
return.items: list = []
customer.tier: [none, silver, gold, platinum] = none
loyalty.previous_tier: text?
loyalty.direction: [up, down]?
loyalty.points_balance: integer = 0
loyalty.points_expire_at: date?
loyalty.points_expiring: integer = 0
loyalty.tier_ends_at: date?
loyalty.points_to_keep: integer = 0
lot.id: text
lot.points: integer = 0
lot.expires_at: date?
lot.points_that_day: integer = 0
perk.name: text
perk.expires_at: datetime?
perk.uses_left: integer?
subscription.id: text
subscription.status: [active, paused, cancelled] = active
subscription.renews_at: datetime?
subscription.price: money?
subscription.product_id: text?
subscription.change: [skip, swap, reschedule, pause, resume, cancel]?
support.id: text?
support.topic: text?
support.open: boolean = false
payment.reason: text?
payment.amount: money?
customer.id: text
customer.first_name: text?
customer.email: text?
customer.phone: text?
customer.locale: text?
customer.time_zone: text?
customer.country: text?
customer.channels: list = []
customer.perks: list = []
customer.silenced: list = []
customer.bought: list = []
customer.sent_back: list = []
customer.lifetime_orders: integer = 0
customer.lifetime_spend: money?
consent.category: text?
consent.channel: text?
site.product_id: text?
site.seconds: integer?
location.shop: text?
message.template: text?
message.category: text?
item.id: text
item.title: text?
item.category: text?
item.price: money?
item.quantity: integer = 1
item.stars: number?
item.return_rate: number?
item.in_stock: boolean = true
"""

PERSONAL = frozenset(
    {"customer.first_name", "customer.email", "customer.phone", "order.shipping_address"}
)
