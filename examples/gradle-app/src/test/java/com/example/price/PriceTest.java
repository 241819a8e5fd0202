package com.example.price;

import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class PriceTest {
    @Test
    public void addsUp() {
        assertEquals(7500, new Price(3500).plus(new Price(4000)).won());
    }

    @Test
    public void takesOff() {
        assertEquals(3333, new Price(3704).off(10).won());
    }
}
