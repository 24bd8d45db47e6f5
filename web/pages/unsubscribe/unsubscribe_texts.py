"""What the unsubscribe page says in each language; `says` ends with a colon where the category
follows.
"""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "en": {
        "ask": {
            "title": "Unsubscribe",
            "says": "With one click you stop messages of this kind:",
            "button": "Unsubscribe",
        },
        "done": {
            "title": "You are unsubscribed",
            "says": "You will no longer receive messages of this kind:",
        },
        "no_link": {
            "title": "This link is not valid",
            "says": "Please open the link in your message again. If it was cut in two, copy all of it.",
        },
        "failed": {
            "title": "That did not work",
            "says": "Nothing was changed yet. Please try again in a moment.",
        },
        "too_many": {
            "title": "Please wait a moment",
            "says": "There were too many requests. Please try again shortly.",
        },
    },
    "id": {
        "ask": {
            "title": "Berhenti berlangganan",
            "says": "Dengan satu klik Anda menghentikan pesan jenis ini:",
            "button": "Berhenti berlangganan",
        },
        "done": {
            "title": "Anda telah berhenti berlangganan",
            "says": "Anda tidak akan lagi menerima pesan jenis ini:",
        },
        "no_link": {
            "title": "Tautan ini tidak berlaku",
            "says": "Silakan buka kembali tautan di pesan Anda. Jika terpotong, salin seluruhnya.",
        },
        "failed": {
            "title": "Belum berhasil",
            "says": "Belum ada yang berubah. Silakan coba lagi sebentar lagi.",
        },
        "too_many": {
            "title": "Mohon tunggu sebentar",
            "says": "Terlalu banyak permintaan. Silakan coba lagi sebentar lagi.",
        },
    },
}
