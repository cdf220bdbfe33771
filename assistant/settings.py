"""Every setting, read once from environment variables named `AEI_*` or from `.env`.

`aei settings` prints the effective values; each `description` is the setting's documentation.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from platformdirs import user_data_path
from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ModelChoice(StrEnum):
    """Which model answers."""

    AUTO = "auto"
    BUILTIN = "builtin"
    LOCAL = "local"
    CLOUD = "cloud"


class RerankerChoice(StrEnum):
    """What looks closer at the pages that search found."""

    LIGHT = "light"
    NONE = "none"


class OcrChoice(StrEnum):
    """Whether pages that are pictures are read."""

    AUTO = "auto"
    OFF = "off"


class Switch(StrEnum):
    """Whether something is done."""

    ON = "on"
    OFF = "off"


class AgentChoice(StrEnum):
    """Whether questions of several steps go to an agent."""

    AUTO = "auto"
    OFF = "off"


def _day(given: str) -> str:
    if given:
        date.fromisoformat(given)
    return given


class Settings(BaseSettings):
    """The whole configuration. Frozen: nothing changes it at run time."""

    model_config = SettingsConfigDict(
        env_prefix="AEI_", env_file=".env", extra="ignore", frozen=True
    )

    data_dir: Path = Field(
        default_factory=lambda: user_data_path("aei", appauthor=False),
        description="All embedded state lives below it; several processes may share it.",
    )
    database_url: SecretStr = Field(
        default=SecretStr(""),
        description="PostgreSQL with pgvector. Empty: an embedded PostgreSQL in the data dir.",
    )
    mongodb_url: SecretStr = Field(
        default=SecretStr(""),
        description="MongoDB for originals (GridFS). Empty: originals are kept in PostgreSQL.",
    )
    mongodb_database: str = Field(
        default="aei", description="The MongoDB database that holds the GridFS bucket."
    )
    model: ModelChoice = Field(
        default=ModelChoice.AUTO,
        description="Which model answers: auto, builtin (no language model), local or cloud.",
    )
    ollama_url: str = Field(
        default="http://127.0.0.1:11434", description="The Ollama server for local models."
    )
    ollama_model: str = Field(default="qwen3:8b", description="The local model.")
    ollama_allowed_hosts: str = Field(
        default="",
        description="Host names besides loopback at which Ollama may be, separated by commas.",
    )
    ollama_num_ctx: int = Field(
        default=12_288,
        ge=2048,
        description="The local model's context: prompt and answer together (tokens).",
    )
    ollama_keep_alive: str = Field(
        default="10m",
        pattern=r"^-?\d+(\.\d+)?(ms|s|m|h)$",
        description="How long the local model stays loaded after a question; negative: for ever.",
    )
    ollama_connect_timeout_s: float = Field(
        default=2, gt=0, description="Ollama must accept a connection in this time (s)."
    )
    ollama_load_timeout_s: float = Field(
        default=180, gt=0, description="The local model must be loaded in this time (s)."
    )
    ollama_first_token_timeout_s: float = Field(
        default=120, gt=0, description="A local answer must begin in this time (s)."
    )
    ollama_idle_timeout_s: float = Field(
        default=30, gt=0, description="A local answer may pause for so long (s)."
    )
    ollama_total_timeout_s: float = Field(
        default=240,
        gt=0,
        description="A local answer may take so long in all, without loading (s).",
    )
    opinion_timeout_s: float = Field(
        default=2,
        gt=0,
        description="Wait so long for the local model's opinion on an unclear message (s).",
    )
    agent: AgentChoice = Field(
        default=AgentChoice.AUTO,
        description="Whether a model with tools works on complex questions: auto or off.",
    )
    agent_steps: int = Field(
        default=8, ge=1, le=50, description="How often an agent may ask its model for one question."
    )
    agent_calls: int = Field(
        default=12,
        ge=1,
        le=100,
        description="How many tool calls an agent may make for one question.",
    )
    agent_timeout_s: float = Field(
        default=180, gt=0, description="An agent that takes longer gives way to one answer (s)."
    )
    agent_tokens: int = Field(
        default=100_000,
        ge=1000,
        description="An agent that reads and writes more gives way to one answer (tokens).",
    )
    openrouter_api_key: SecretStr = Field(
        default=SecretStr(""), description="The key for cloud models. Empty: none is asked."
    )
    openrouter_url: str = Field(
        default="https://openrouter.ai/api/v1", description="The OpenRouter server."
    )
    openrouter_model: str = Field(
        default="anthropic/claude-sonnet-4.5", description="The cloud model."
    )
    cloud_budget_usd_per_day: Decimal = Field(
        default=Decimal(1),
        ge=0,
        allow_inf_nan=False,
        description="What cloud models may cost in a day (UTC), all users together (US dollars).",
    )
    cloud_confirm_usd: Decimal = Field(
        default=Decimal("0.05"),
        ge=0,
        allow_inf_nan=False,
        description="An answer that may cost more is asked about before it is sent (US dollars).",
    )
    answer_timeout_s: float = Field(
        default=300, gt=0, description="All language models together may take so long (seconds)."
    )
    local_at_once: int = Field(
        default=1, ge=1, le=64, description="Questions the local model answers at once."
    )
    models_at_once: int = Field(
        default=8, ge=1, le=1000, description="Questions language models answer at once."
    )
    models_at_once_per_user: int = Field(
        default=2, ge=1, le=1000, description="Of them, of one user."
    )
    models_waiting: int = Field(
        default=20, ge=0, le=1000, description="Questions that may wait; one more goes elsewhere."
    )
    openrouter_fallbacks: str = Field(
        default="",
        description="Models that OpenRouter asks, in order, when that one fails, joined by commas.",
    )
    openrouter_proxy: SecretStr = Field(
        default=SecretStr(""),
        description="A proxy on the way to OpenRouter; HTTPS_PROXY and the like are not followed.",
    )
    openrouter_connect_timeout_s: float = Field(
        default=10, gt=0, description="How long connecting to OpenRouter may take (s)."
    )
    openrouter_silence_timeout_s: float = Field(
        default=30, gt=0, description="How long OpenRouter may send nothing, no comment either (s)."
    )
    openrouter_first_token_timeout_s: float = Field(
        default=60, gt=0, description="How long a cloud answer may take to begin (s)."
    )
    openrouter_idle_timeout_s: float = Field(
        default=45, gt=0, description="How long a cloud answer may stand still (s)."
    )
    openrouter_total_timeout_s: float = Field(
        default=300, gt=0, description="How long a cloud answer may take in all (s)."
    )
    analytics_url: SecretStr = Field(
        default=SecretStr(""),
        description="The PostgreSQL database that SQL reads. Empty: our own market.",
    )
    analytics_role: str = Field(
        default="nlsql_reader", description="The role there that statements run as; it only reads."
    )
    analytics_schema: str = Field(
        default="public", description="The schema there whose tables may be read."
    )
    sql_today: Annotated[str, AfterValidator(_day)] = Field(
        default="",
        description="The day that the data of SQL calls today. Empty: the real day, or the sample's.",
    )
    sql_layer: str = Field(
        default="",
        description="A file that says what the database means (`aei sql learn` drafts one). "
        "Empty: ours, where it is the market schema.",
    )
    sql_timeout_s: float = Field(
        default=10, gt=0, description="A query that takes longer is cancelled (seconds)."
    )
    sql_max_rows: int = Field(
        default=10_000, ge=1, le=1_000_000, description="Rows that a query gives at most."
    )
    sql_max_download_rows: int = Field(
        default=1_000_000,
        ge=1,
        le=100_000_000,
        description="Rows that a downloaded file has at most; a spreadsheet holds 1,048,575.",
    )
    sql_download_timeout_s: float = Field(
        default=120,
        gt=0,
        description="A download whose query takes the database longer is ended (seconds).",
    )
    routing_policy: str = Field(
        default="",
        description="A TOML file of what may go to a cloud model. Empty: the defaults.",
    )
    reranker: RerankerChoice = Field(
        default=RerankerChoice.LIGHT,
        description="What reorders the best pages of a search: light (words) or none.",
    )
    answer_cache: Switch = Field(
        default=Switch.ON,
        description="Whether the same question on the same filings gets the same answer again.",
    )
    answer_cache_size: int = Field(
        default=5000, ge=1, le=10**7, description="How many answers are kept at most."
    )
    answer_cache_days: float = Field(
        default=7, gt=0, description="How long an answer may be given again (days)."
    )
    eval_dir: Path = Field(
        default=Path("../shared/eval"),
        description="Evaluation data; never needed to run.",
    )
    host: str = Field(default="127.0.0.1", description="The address `aei serve` listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="The port `aei serve` listens on.")
    max_file_mb: int = Field(
        default=100, ge=1, description="A larger file is refused with `too_large` (MiB)."
    )
    market_data: Path | None = Field(
        default=None,
        description="The folder of CSV or Parquet files that prices come from. Empty: generated "
        "prices of no company.",
    )
    max_pages: int = Field(
        default=5000, ge=1, description="A file with more pages is refused with `too_large`."
    )
    read_timeout_s: float = Field(
        default=120, gt=0, description="A file that takes longer to read is refused (seconds)."
    )
    read_memory_mb: int = Field(
        default=1536, ge=256, description="Memory a file may take to read (MiB)."
    )
    readers: int = Field(
        default=2, ge=1, le=64, description="How many files are read at once, a process each."
    )
    min_free_mb: int = Field(
        default=512,
        ge=0,
        description="With less left on the disk of the data dir (MiB), files are refused with"
        " `disk_full` and those that wait go on waiting; 0: never.",
    )
    edgar_user_agent: str = Field(
        default="", description="Who asks SEC EDGAR: a name and an e-mail address; needed to fetch."
    )
    edgar_url: str = Field(
        default="https://www.sec.gov", description="Where SEC EDGAR is; another one for tests."
    )
    worker_in_serve: bool = Field(
        default=True, description="Whether `aei serve` runs a worker beside itself."
    )
    worker_concurrency: int = Field(
        default=2, ge=1, le=64, description="How many files `aei worker` takes on at once."
    )
    serve_concurrency: int = Field(
        default=1,
        ge=1,
        le=64,
        description="How many files the worker beside `aei serve` takes on at once.",
    )
    queue_limit: int = Field(
        default=10_000, ge=1, description="With so many files waiting, more are `queue_full`."
    )
    jobs_keep_days: int = Field(
        default=30, ge=1, description="Jobs that ended so long ago are forgotten (days)."
    )
    ocr: OcrChoice = Field(
        default=OcrChoice.AUTO,
        description="Text recognition for pages that are pictures: auto (where the program "
        "tesseract is installed) or off.",
    )
    ocr_languages: str = Field(
        default="eng",
        pattern=r"^[A-Za-z_]+(\+[A-Za-z_]+)*$",
        description="The languages of text recognition, as tesseract names them, joined by +.",
    )
    statement_timeout_s: float = Field(
        default=30, gt=0, description="A database statement that takes longer is cancelled (s)."
    )
    pool_size: int = Field(
        default=8, ge=2, le=200, description="Database connections a process may hold at most."
    )
