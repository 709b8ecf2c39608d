"""From a folder of figures to a scorecard page and the values in a Parquet file: what a monthly job does."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import kilter


def publish(store: str | Path, figures: Path, known_at: dt.date, page: Path) -> dict[str, int]:
    """Takes the figures in, and writes the page and the values beside it."""
    with kilter.open(store, mode="write") as engine:
        try:
            receipt = engine.ingest(figures, source="our own count", known_at=known_at)
        except kilter.IngestError as refused:
            if refused.rejections is not None:
                refused.rejections.to_csv(page.with_suffix(".rejections.csv"))
            raise
        card = engine.scorecard(as_at=receipt.release)
        card.to_html(page)
        engine.values(as_at=receipt.release).to_parquet(page.with_suffix(".parquet"))
        return card.counts


if __name__ == "__main__":
    store, figures, page = sys.argv[1:]
    print(publish(store, Path(figures), dt.date.today(), Path(page)))
