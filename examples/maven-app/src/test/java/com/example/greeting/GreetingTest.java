package com.example.greeting;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class GreetingTest {
    @Test
    void callsGuestsByName() {
        assertEquals("어서 오세요, 민지!", Greeting.to(" 민지 "));
    }

    @Test
    void whoHasNoNameIsAGuest() {
        assertEquals("어서 오세요, 손님!", Greeting.to(""));
    }
}
