"""Says whether a webhook is ours, by the Standard Webhooks library of PyPI: a JSON object of secret, headers and body in, a word out."""

import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError

call = json.load(sys.stdin)
try:
    Webhook(call["secret"]).verify(call["body"], call["headers"])
    print("ours")
except WebhookVerificationError as error:
    print(f"not ours: {error}")
