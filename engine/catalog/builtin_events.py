"""The built-in events as a table: what each is about, how far it brings its thing, what it means.

`NAME: ABOUT` and then, in any order: a number is the rank in the life of the thing; `again` says
that the event may happen again with news; `follows EVENT` that nobody sends it, since it follows
from that event; then the marks of `engine.catalog.catalog.Mark`. The line below is its meaning.

Three words say how the world is corrected; a name without a dot has the prefix of its line.
`takes_back EVENT,EVENT`: what happened of these to the same thing, or to its order, before it
counts no more (`engine.facts.reversals.corrections`). An event with a rank takes back what is
earlier; one without is a correction and no stage, and takes back what is of the same instant too.
`anew EVENT,EVENT`: what happened of these before that which it takes back counts no more either: a
parcel that arrives after it went back has not arrived before.
`clears FACT,FACT`: these facts of the thing are unknown until they are stated again, and what the
thing has led to is not said any more.
"""

EVENTS = """
order.placed: order 1
    The shop has taken the order.
order.confirmed: order 2
    The shop has confirmed the order, for instance after it was paid.
order.changed: order again
    Something in the order is different now, such as its items or its address.
order.shipped: order 4 follows shipment.shipped
    The first parcel of the order has left.
order.delivered: order 7 follows shipment.delivered ends
    The last parcel of the order has arrived.
order.facts_set: order again
    A rule has set facts of the order.
order.cancel_requested: order again
    The customer has asked to cancel the order.
order.cancelled: order 9 ends
    The order is cancelled.
order.refunded: order again
    Money for the order was paid back, all of it or a part.

shipment.packed: shipment 3 unscanned
    The parcel is packed and waits for its carrier.
shipment.shipped: shipment 4 unscanned
    The parcel has left the shop.
shipment.in_transit: shipment 5 takes_back lost
    The parcel is on its way.
shipment.out_for_delivery: shipment 6 takes_back lost
    The parcel is in the van that brings it.
shipment.available_for_pickup: shipment 6 takes_back lost
    The parcel lies at a place where the customer can fetch it.
shipment.delivered: shipment 7 ends takes_back lost,returned_to_sender,cancelled anew delivered
    The parcel has arrived.
shipment.lost: shipment 8 unscanned ends
    The carrier has lost the parcel.
shipment.returned_to_sender: shipment 8 ends
    The parcel could not be delivered and goes back to the shop.
shipment.cancelled: shipment 8 unscanned ends
    The parcel will not be sent.
shipment.scanned: shipment again
    The carrier has scanned the parcel; most other events of a carrier count as a scan too.
shipment.delayed: shipment again
    The carrier says that the parcel comes later.
shipment.attempt_failed: shipment again
    The carrier could not hand over the parcel.
shipment.exception: shipment again
    Something went wrong with the parcel on its way.
shipment.eta_changed: shipment again unscanned
    The parcel is expected on another day.
shipment.delivery_corrected: shipment again unscanned takes_back delivered,order.delivered
    The parcel had not been delivered when that was reported; it was at shipment.delivered_at, where
    that is stated, else it still has to be.

review.received: review
    The customer has written a review.
review.changed: review again
    The customer has changed a review, such as its stars.
review.removed: review again clears stars,text
    The review was deleted.

return.requested: return 1 takes_back declined,cancelled anew requested,approved
    The customer wants to send something back.
return.approved: return 2 takes_back declined,cancelled anew approved
    The shop accepts the return.
return.declined: return 2 called_off
    The shop does not accept the return.
return.cancelled: return 2 called_off
    The customer does not want to send anything back any more.
return.reopened: return again takes_back declined,cancelled
    A return that was declined or called off goes on.
return.picked_up: return 3
    The carrier has the returned goods.
return.received: return 4
    The returned goods are at the shop.
return.inspected: return 5
    The shop has looked at the returned goods.
return.refunded: return
    The customer got the money back for the return.
return.exchanged: return
    The customer gets other goods for the return.
return.credited: return
    The customer got a credit note for the return.
return.feedback: return
    The customer has said how the return went.

loyalty.joined: customer
    The customer has joined the loyalty programme.
loyalty.tier_changed: customer again
    The customer has another tier of the loyalty programme.
loyalty.balance_changed: customer again
    The customer has more or fewer points.
lot.earned: lot
    The customer has earned points that expire together.
lot.spent: lot again
    The customer has spent points of a lot.
lot.expired: lot
    What was left of a lot of points has expired.

perk.granted: perk wakes
    The customer has been given a perk.
perk.used: perk again wakes
    The customer has used a perk.
perk.expired: perk follows perk.used
    A perk has ended: its time is over or its uses are used up.

subscription.started: subscription
    The customer has subscribed to something.
subscription.renewed: subscription again
    The subscription has gone on for another period.
subscription.skipped: subscription again
    The next delivery of the subscription is left out.
subscription.swapped: subscription again
    The subscription delivers another product from now on.
subscription.rescheduled: subscription again
    The subscription renews on another day.
subscription.paused: subscription again
    The subscription rests.
subscription.resumed: subscription again
    A subscription that rested goes on.
subscription.cancelled: subscription
    The subscription has ended.
subscription.change_requested: subscription again
    The customer has asked for a change of the subscription.

support.case_opened: case
    The customer has asked the support for help.
support.case_replied: case again
    The support has answered.
support.case_solved: case again
    The case is solved.
support.case_reopened: case again
    A case that was solved is open again.

payment.failed: customer again
    A payment did not go through.
payment.recovered: customer again
    A payment that had failed has gone through.
payment.method_expires: customer again
    A card or another means of payment expires soon.
customer.created: customer
    The shop has come to know the customer.
customer.updated: customer again
    The customer's own data is different now.
customer.merged: customer again
    Two customers of the shop are one: the one that is kept, and `customer.merged_from`.
consent.given: customer again
    The customer allows messages of a category, on one channel or on all.
consent.withdrawn: customer again
    The customer no longer allows messages of a category, on one channel or on all.
customer.facts_set: customer again
    A rule has set facts of the customer.
preference.changed: customer again
    The customer has chosen other preferences, such as the order of channels.
site.viewed: customer again
    The customer has looked at a page of the shop.
location.near_shop: customer again
    The customer is near a shop.
message.clicked: customer again
    The customer has followed a link in a message.
message.bounced: customer again
    A message could not be delivered for good: nobody is reached at that address, and nothing more
    is sent to it.
message.soft_bounced: customer again
    A message could not be delivered for now; after three within seven days nothing more is sent to
    that address.
message.complained: customer again
    The customer has reported a message as spam; this ends all marketing.
"""
