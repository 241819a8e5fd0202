package com.example.price;

/** A sum in whole won. */
public final class Price {
    private final long won;

    public Price(long won) {
        if (won < 0) throw new IllegalArgumentException(won + " is less than nothing");
        this.won = won;
    }

    public Price plus(Price other) {
        return new Price(won + other.won);
    }

    /** Less so many per cent, in favour of whoever buys. */
    public Price off(int percent) {
        return new Price(won * (100 - percent) / 100);
    }

    public long won() {
        return won;
    }
}
