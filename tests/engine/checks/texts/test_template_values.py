"""What templates write is of the right type and known for certain."""

import pytest

from engine.checks import Folder, checked
from tests.engine.checks.folders import a_folder, a_rule, found

HEAD = "---\nsubject: Hello\n---\n"
LOOP = "{{% for item in order.items %}}{}{{% endfor %}}"
ESSENTIAL = (
    "categories:\n  - {id: delivery, kind: transactional, essential: true}\n"
    "  - {id: service, kind: transactional}\n"
)
ANSWERS = """\
answers: {window: {type: days, starts: order.delivered_at, first: [{otherwise: 30 days}]}}
"""


def a_text(
    text: str, when: str = "order.confirmed", more: str = "", do: str = "", **files: str
) -> Folder:
    do = do or "[{send: hello, by: email, category: delivery}]"
    return a_folder(a_rule(when, do, more), templates={"en/hello.md": f"{HEAD}{text}\n"}, **files)


def says(text: str, when: str = "order.confirmed", more: str = "", do: str = "") -> list[str]:
    return found(a_text(text, when, more, do, answers=ANSWERS), "J10", "J24")


@pytest.mark.parametrize(
    "text",
    [
        "{{ order.total }}",
        "{{ order.total | money }}",
        "{{ links.tracking }}",
        "{{ answer.window.ends_on | day }}",
        "{{ order.delivered_at | day }}",
        "{% if order.total %}x{% endif %}",
        "{% if order.total is known or order.eta is known %}{{ order.total }}{% endif %}",
        "{% if order.total is known %}x{% else %}{{ order.total }}{% endif %}",
        "{% if order.total is known %}x{% endif %}{{ order.total }}",
        "{{ order.items[0].title }}",
        "{{ order.items.0.quantity }}",
        "{% if order.items %}{{ order.items[0].title }}{% endif %}",
        LOOP.format("{{ item.price | money }}"),
        LOOP.format("{% if item.title is known %}{{ item.price }}{% endif %}"),
    ],
)
def test_what_may_be_missing_is_a_warning(text: str) -> None:
    assert says(text) == ["J10 4"]


@pytest.mark.parametrize(
    "text",
    [
        "{{ order.id }} {{ order.parcels }} {{ links.unsubscribe }} {{ answer.window }}",
        "{{ order.total | or('all') }} {{ order.confirmed_at | day }}",
        "{{ order.items[0].title | or('it') }}",
        "{% if order.items[0].title is known %}{{ order.items[0].title }}{% endif %}",
        "{% if order.total is known %}{{ order.total | money }}{% endif %}",
        "{{ order.total | money if order.total is known else 'all' }}",
        "{% if not (order.total is known) %}x{% else %}{{ order.total }}{% endif %}",
        "{% if order.total is known and order.eta is known %}{{ order.eta | day }}{% endif %}",
        "{% if order.eta is known and order.eta > order.confirmed_at %}x{% endif %}",
        "{% if answer.window.ends_on is known %}{% if answer.window.open %}x{% endif %}{% endif %}",
        "{% if order.express %}x{% elif order.eta is known %}{{ order.eta | day }}{% endif %}",
        "{{ order.items | titles }} {{ review.text | or('') }}",
        LOOP.format("{{ item.quantity }} {{ item.id }} {{ loop.index }} {{ item.title | or('') }}"),
        LOOP.format("{% if item.price is known %}{{ item.price | money }}{% endif %}"),
        "{% for one in order.items if one.price is known %}{{ one.price | money }}{% endfor %}",
        "{% for parcel in order.shipments %}{{ parcel.number }}{% endfor %}",
    ],
)
def test_what_is_asked_for_or_has_a_default_is_silent(text: str) -> None:
    assert says(text) == []


def test_what_the_rule_asks_for_is_known_in_its_template() -> None:
    eta = "{{ shipment.eta | day }}"

    assert says(eta, "shipment.shipped") == ["J10 4"]
    assert says(eta, "shipment.shipped", "if: shipment.eta is known") == []
    assert says(eta, "shipment.shipped", "if: shipment.eta >= 2026-03-02") == []
    assert says(eta, "shipment.shipped", "if: shipment.eta is known or order.express") == ["J10 4"]
    assert says(eta, "1 day after shipment.eta at 10:00", "stop_if: order.cancelled") == []


def test_an_argument_is_as_certain_as_what_it_is() -> None:
    do = "[{{send: hello, by: email, category: delivery, with: {{x: {}}}}}]"

    assert says("{{ x | day }}", do=do.format("order.promised_on")) == ["J10 4"]
    assert says("{{ x }} {{ order.id }}", do=do.format("order.id")) == []
    assert says("{{ x | day }}", do=do.format("2026-03-05")) == []
    assert says("{{ x | day }}", do=do.format("5 EUR")) == ["J24 4"]
    assert says("{% for i in x %}{{ i.price }}{% endfor %}", do=do.format("order.items")) == [
        "J10 4"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "{{ order.id | money }}",
        "{{ order.confirmed_at | money }}",
        "{{ order.id | titles }}",
        "{{ order.items }}",
        "{{ order.express }}",
        "{% for x in order.id %}{% endfor %}",
        "{% if order.id > 5 %}x{% endif %}",
        "{{ order.id + 1 }}",
        LOOP.format("{{ item }}"),
        LOOP.format("{{ item.quantity | money }}"),
        LOOP.format("{{ item.titel }}"),
    ],
)
def test_a_value_of_another_type_is_an_error(text: str) -> None:
    assert says(text) == ["J24 4"]


@pytest.mark.parametrize(
    "text",
    [
        "{% if order.parcels > 1 %}{{ order.parcels - 1 }}{% endif %}",
        "{% if order.express %}x{% endif %}",
        "{% for perk in customer.perks %}{{ perk }}{% endfor %}",
        "{{ order.confirmed_at }} {{ order.confirmed_at | time }}",
    ],
)
def test_a_value_of_the_right_type_is_silent(text: str) -> None:
    assert says(text) == []


def test_in_an_essential_category_what_may_be_missing_is_an_error() -> None:
    assert found(a_text("{{ order.total }}", policies=ESSENTIAL), "J10", "J24") == ["J24 4"]
    service = "[{send: hello, by: email, category: service}]"
    text = a_text("{{ order.total }}", do=service, policies=ESSENTIAL)
    assert found(text, "J10", "J24") == ["J10 4"]


def test_a_fact_of_the_shop_may_be_missing_though_nobody_called_it_optional() -> None:
    catalog = "facts: {order.gift: boolean, order.wrap: {type: boolean, default: false}}"

    def told(name: str) -> list[str]:
        text = f"{{% if {name} %}}A gift.{{% endif %}}"
        return found(a_text(text, catalog=catalog, policies=ESSENTIAL), "J10", "J24")

    assert told("order.gift") == ["J10 4"]
    assert told("order.gift is known and order.gift") == []
    assert told("order.wrap") == []


def test_a_name_is_told_once_for_each_template_with_who_speaks_it() -> None:
    folder = a_text("{{ order.total }} {{ order.total }}\n{{ order.total }}")
    (one,) = [problem for problem in checked(folder) if problem.code == "J10"]

    assert str(one.position) == "templates/en/hello.md:4:4"
    assert one.message == (
        "order.total may be missing, and then there is no message: "
        "say `or(…)` or `{% if order.total is known %}` (rule a-rule)"
    )


def test_a_name_within_an_element_is_told_with_the_right_one() -> None:
    (one,) = [
        problem
        for problem in checked(a_text(LOOP.format("{{ item.titel }}")))
        if problem.code == "J24"
    ]
    assert "order.items lists has no titel, did you mean title?" in one.message


def test_the_frame_of_every_mail_reads_only_what_is_always_there() -> None:
    templates = {
        "en/hello.md": f"{HEAD}Hello\n",
        "layout.html": "{{ content }} {{ customer.first_name }} {{ order.id }} {{ subject }}",
    }
    folder = a_folder(a_rule("order.confirmed"), templates=templates)

    assert found(folder, "J10") == ["J10 1", "J10 1"]
