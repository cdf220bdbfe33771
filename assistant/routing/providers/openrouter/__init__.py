"""Cloud models through OpenRouter: model, wire, failures, prices, account.

    OpenRouterModel (model) ── pieces ──> OpenRouterChat (chat: LangChain over openai) ──> Door (wire) ──> https

`chat` loads LangChain and openai, which takes seconds: it is imported where a model is first used.
"""
