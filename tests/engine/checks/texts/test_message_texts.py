from dataclasses import replace

import pytest

from engine.checks import checked
from tests.engine.checks.folders import a_folder, a_rule, found, message

HEAD = "---\nsubject: Hello\n---\n"
SALES = "[{send: hello, by: email, category: sales, valid_for: 3 days}]"


def says(text: str, do: str = "[{send: hello, category: delivery}]") -> list[str]:
    folder = a_folder(a_rule("shipment.shipped", do), templates={"en/hello.md": f"{HEAD}{text}\n"})
    return [f"{one.split()[0]} {one.split()[1]}" for one in found(folder)]


@pytest.mark.parametrize(
    "text",
    [
        "Take 10% off!",
        "Use the coupon ABC",
        "[Look](https://shop.example/sale)",
        "Ada diskon untuk Anda",
        "Free shipping",
    ],
)
def test_an_offer_in_a_transactional_message_is_told(text: str) -> None:
    assert says(text) == ["J22 5"]


@pytest.mark.parametrize(
    "text", ["Your parcel comes.", "[Look](https://shop.example/orders)", "It was wholesaled."]
)
def test_a_message_without_an_offer_is_left_alone(text: str) -> None:
    assert says(text) == []


def test_an_offer_in_marketing_is_what_it_is_for() -> None:
    assert says("Take 10% off!", SALES) == []


def test_a_discount_code_in_a_transactional_message_is_told() -> None:
    code = "{call: create_discount_code, with: {kind: free_shipping, valid_days: 30}, as: gift}"
    do = f"[{code}, {{send: hello, category: service, with: {{code: gift.value}}}}]"

    assert says("{{ code }}", do) == ["J22 5"]


def test_marketing_without_footer_or_link_is_told_and_with_one_it_is_not() -> None:
    folder = a_folder(a_rule("order.placed", SALES))
    bare = replace(folder, reads={**(folder.reads or {}), "templates/en/footer.md": frozenset()})
    own = replace(bare, reads={"templates/en/hello.md": frozenset({"links.unsubscribe"})})
    layout = replace(bare, reads={"templates/layout.html": frozenset({"links.unsubscribe"})})

    assert [found(one) for one in (folder, bare, own, layout)] == [[], ["J23 5"], [], []]


def test_marketing_that_goes_by_push_needs_no_link() -> None:
    folder = a_folder(a_rule("order.placed", SALES.replace("email", "push")))

    assert found(replace(folder, reads={"templates/en/footer.md": frozenset()})) == []


@pytest.mark.parametrize(
    "name",
    ["shipment.tracking", "links.track", "code", "item.title", "review.stars"],
)
def test_a_variable_that_nobody_gives_is_told_in_the_template(name: str) -> None:
    assert says(f"{{{{ {name} }}}}") == ["J24 4"]


@pytest.mark.parametrize(
    "text",
    [
        "{{ shipment.tracking_number }}",
        "{{ order.id }} {{ customer.first_name | or('you') }}",
        "{{ links.tracking }}",
        "{% for item in order.items %}{{ item.title }}{% endfor %}",
        "{% if order.eta is known %}{{ order.eta | day }}{% endif %}",
    ],
)
def test_facts_links_and_loops_are_known(text: str) -> None:
    assert "J24 4" not in says(text)


def test_a_name_that_is_nearly_right_is_told_with_the_right_one() -> None:
    folder = a_folder(
        a_rule("order.placed"), templates={"en/hello.md": f"{HEAD}{{{{ order.totl }}}}\n"}
    )

    assert (
        message(folder, "J24")
        == "unknown variable order.totl, did you mean order.total? (rule a-rule)"
    )


def test_a_value_that_the_template_does_not_read_is_told() -> None:
    do = "[{send: hello, category: delivery, with: {parcel: shipment.id, day: shipment.eta}}]"

    assert says("{{ parcel }}", do) == ["J24 5"]
    assert says("{{ parcel }} {{ day | or('soon') }}", do) == []


def digesting(text: str) -> list[str]:
    policies = "digest: {categories: [sales], template: several}\n"
    templates = {"en/hello.md": f"{HEAD}Hello\n", "en/several.md": f"{HEAD}{text}\n"}
    folder = a_folder(a_rule("order.placed", SALES), templates=templates, policies=policies)
    return found(folder, "J23", "J24")


def test_a_digest_reads_its_messages_and_what_every_customer_has() -> None:
    loop = "{% for one in digest.messages %}{{ one.title }} {{ one.body }}{% endfor %}"

    assert (
        digesting(
            f"{{{{ digest.count }}}} {loop} {{{{ customer.first_name }}}} {{{{ links.preferences "
            f"}}}}"
        )
        == []
    )


@pytest.mark.parametrize("name", ["order.total", "digest.mesages", "code"])
def test_a_digest_that_reads_what_only_some_messages_have_is_told(name: str) -> None:
    assert [one.split()[0] for one in digesting(f"{{{{ {name} }}}}")] == ["J24"]


def said(text: str, about: str = "order") -> list[str]:
    answers = (
        f"answers:\n  fee: {{for: {about}, type: integer, first: [{{otherwise: 5}}], say: "
        f"fee_words}}\n"
    )
    folder = a_folder(a_rule("order.placed"), templates={"en/fee_words.md": text}, answers=answers)
    return [one.message for one in checked(folder) if one.code == "J24"]


@pytest.mark.parametrize(
    "text", ["It costs {{ answer.fee }}.", "{{ customer.first_name }}: {{ order.total }}", "Five."]
)
def test_a_sentence_reads_answers_and_the_facts_of_its_thing(text: str) -> None:
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "about", "problem"),
    [
        (
            "{{ order.totl }}",
            "order",
            "unknown variable order.totl, did you mean order.total? (answer fee)",
        ),
        (
            "{{ links.tracking }}",
            "order",
            "unknown variable links.tracking; give it to the template by `with` (answer fee)",
        ),
        (
            "{{ item.price }}",
            "order",
            "a rule about order cannot read item.price, which belongs to an item of an order",
        ),
        (
            "{{ order.total }}",
            "customer",
            "a rule about customer cannot read order.total, which belongs to an order",
        ),
    ],
)
def test_a_sentence_that_reads_what_is_not_there_is_told(
    text: str, about: str, problem: str
) -> None:
    (message,) = said(text, about)
    assert message.startswith(problem)
