#!/bin/sh
# Makes the secrets of compose.yaml that nobody has to choose; run it once, beside compose.yaml.
# What exists already is left as it is. Where your mail server is, only you know: it asks.
set -eu
umask 077
mkdir -p secrets
random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
made() { [ -s "secrets/$1" ] || { cat > "secrets/$1"; echo "made secrets/$1"; }; }
random | made postgres_password
printf 'postgresql://purna:%s@postgres/purna' "$(cat secrets/postgres_password)" | made database_url
random | made secret
random | made api_token
if [ ! -s secrets/smtp_url ]; then
    printf 'Where is your mail server (smtps://user:password@mail.example)? '
    read -r url
    printf '%s' "$url" | made smtp_url
fi
# Compose mounts each file by itself, and a container reads it as another account; nobody else of
# this machine comes past the folder.
chmod 0700 secrets
chmod 0644 secrets/*
