package com.example.greeting;

/** What the shop says to somebody who comes in. */
public final class Greeting {
    private Greeting() {}

    public static String to(String name) {
        var guest = name.isBlank() ? "손님" : name.strip();
        return "어서 오세요, " + guest + "!";
    }
}
