// A client that uses only the JDK. Run it with: java JavaHttpClient.java

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class JavaHttpClient {
    private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    static String call(String desk, String path, String parameters) throws Exception {
        long nonce = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
        String text = "{ " + parameters + "  \"request\" : \"" + path + "\",\t\"nonce\" : " + nonce + " }";
        String payload = Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
        Mac mac = Mac.getInstance("HmacSHA384");
        mac.init(new SecretKeySpec(System.getenv(desk + "_SECRET").getBytes(StandardCharsets.UTF_8), "HmacSHA384"));
        String signature = HexFormat.of().formatHex(mac.doFinal(payload.getBytes(StandardCharsets.US_ASCII)));
        HttpRequest request = HttpRequest.newBuilder(URI.create(System.getenv("BASE_URL") + path))
            .timeout(Duration.ofSeconds(20))
            .header("Content-Type", "text/plain")
            .header("Cache-Control", "no-cache")
            .header("X-GEMINI-APIKEY", System.getenv(desk + "_KEY"))
            .header("X-GEMINI-PAYLOAD", payload)
            .header("X-GEMINI-SIGNATURE", signature)
            .POST(HttpRequest.BodyPublishers.noBody())
            .build();
        String response = HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
        System.out.println(response);
        return response;
    }

    static String clearingId(String response) {
        Matcher found = Pattern.compile("\"clearing_id\"\\s*:\\s*\"([^\"]+)\"").matcher(response);
        if (!found.find()) throw new IllegalStateException("no clearing_id in " + response);
        return "\"clearing_id\" : \"" + found.group(1) + "\", ";
    }

    public static void main(String[] arguments) throws Exception {
        String terms = "\"symbol\" : \"BTCUSD\", \"amount\" : \"100\", \"price\" : \"9500.00\", ";
        String order = terms + "\"side\" : \"buy\", \"expires_in_hrs\" : 24, \"counterparty_id\" : \""
            + System.getenv("COUNTERPARTY_ID") + "\", ";

        String id = clearingId(call("INITIATOR", "/v1/clearing/new", order));
        call("INITIATOR", "/v1/clearing/status", id);
        call("COUNTERPARTY", "/v1/clearing/confirm", id + terms + "\"side\" : \"sell\", ");

        id = clearingId(call("INITIATOR", "/v1/clearing/new", order));
        call("INITIATOR", "/v1/clearing/cancel", id);
        call("INITIATOR", "/v1/clearing/status", id);
    }
}
